/** Seconds of a clock that shows `YYYY-MM-DD HH:MM:SS`. */
export function clockSeconds(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}Z`) / 1000;
}

/** 45s, 3m 20s, 2h 5m: the two greatest units. */
export function durationText(seconds: number, locale: string): string {
  const parts = (
    [
      ['hour', Math.floor(seconds / 3600)],
      ['minute', Math.floor((seconds % 3600) / 60)],
      ['second', Math.floor(seconds % 60)],
    ] as const
  ).filter(([unit, count]) => count > 0 || (unit === 'second' && seconds < 1));
  const text = ([unit, count]: readonly [string, number]) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'narrow' }).format(count);
  return parts.slice(0, 2).map(text).join(' ');
}
