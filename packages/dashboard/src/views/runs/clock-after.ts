/** What a clock that showed `time` (`YYYY-MM-DD HH:MM:SS`) shows so many milliseconds later. */
export function clockAfter(time: string, milliseconds: number): string {
  const moment = Date.parse(`${time.replace(' ', 'T')}Z`) + milliseconds;
  return new Date(moment).toISOString().slice(0, 19).replace('T', ' ');
}
