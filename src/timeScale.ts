/** Factor on waits of our own: 1, or what `TRAINYARD_TIME_SCALE` says, which shortens them in tests. */
export function timeScaleOf(env: NodeJS.ProcessEnv): number {
  const scale = Number(env.TRAINYARD_TIME_SCALE ?? 1);
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}
