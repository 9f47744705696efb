/** A job whose metrics are drawn among those of others. */
export interface Run {
  readonly id: string;
  readonly name: string;
  /** Among those compared, from 0; decides its colour. */
  readonly place: number;
}
