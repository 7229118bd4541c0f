/** The least distance of two labels, in CSS pixels. */
const TICK_WIDTH = 80;
const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** In seconds. */
const STEPS = [1, 2, 5, 10, 20, 30, ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * MINUTE)];

/** The labels of a clock's axis, at full seconds, minutes or hours: as many as have room. */
export function clockTicks(first: Date, last: Date, room: number) {
  const [from, to] = [first.getTime() / 1000, last.getTime() / 1000];
  const most = Math.max(1, Math.floor(room / TICK_WIDTH));
  const hours = HOUR * Math.max(1, Math.ceil((to - from) / HOUR / most));
  const step = STEPS.find((seconds) => (to - from) / seconds < most) ?? hours;
  const ticks: Date[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) ticks.push(new Date(at * 1000));
  return { ticks, style: step < MINUTE ? ('medium' as const) : ('short' as const) };
}
