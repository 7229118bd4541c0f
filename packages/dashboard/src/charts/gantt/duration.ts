/** < 1s, 45s, 3m 20s, 2h 5m: the two greatest units. */
export function durationText(seconds: number, locale: string): string {
  const text = ([unit, count]: readonly [string, number]) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(count);
  if (seconds < 1) return `< ${text(['second', 1])}`;
  const parts = (
    [
      ['hour', Math.floor(seconds / 3600)],
      ['minute', Math.floor((seconds % 3600) / 60)],
      ['second', Math.floor(seconds % 60)],
    ] as const
  ).filter(([, count]) => count > 0);
  return parts.slice(0, 2).map(text).join(' ');
}
