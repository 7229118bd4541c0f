/** Times as the API writes them, `YYYY-MM-DD HH:MM:SS`: what a clock of the institution's zone shows. */

/** Seconds of that clock. Only their differences mean something. */
export function clockSeconds(time: string): number {
  return Date.parse(`${time.replace(' ', 'T')}Z`) / 1000;
}

/** What a clock that showed `time` shows so many milliseconds later. */
export function clockAfter(time: string, milliseconds: number): string {
  const moment = clockSeconds(time) * 1000 + milliseconds;
  return new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
}
