/**
 * Views per student and day: a decimal text with 2 places, rounded half up as by MySQL's ROUND. Null if there are no
 * students or no days. Whole numbers keep an exact half, which binary fractions can lose.
 */
export function averageActivity(views: number, students: number, days: number): string | null {
  const divisor = BigInt(students) * BigInt(days);
  if (divisor === 0n) return null;
  const hundredths = (BigInt(views) * 200n + divisor) / (2n * divisor);
  return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')}`;
}
