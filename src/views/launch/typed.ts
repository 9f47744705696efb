/** What a row of a list says. */
interface Texts {
  readonly label: string;
  readonly description?: string;
  readonly detail?: string;
}

/** Whether one of a row's texts holds what is typed, as it stands, in small or big letters. */
export function fits({ label, description, detail }: Texts, typed: string): boolean {
  const wanted = typed.trim().toLowerCase();
  return [label, description, detail].some((text) => text && withoutIcons(text).includes(wanted));
}

const withoutIcons = (text: string): string => text.replaceAll(/\$\([\w~-]+\)\s*/g, '').toLowerCase();
