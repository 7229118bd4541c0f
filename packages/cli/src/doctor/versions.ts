/** Whether a version (`10.11.19-MariaDB-…`) comes before another one, by its numbers. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[^\d]+/, 3).map(Number);
  const [mine, other] = [numbers(version), numbers(than)];
  const at = other.findIndex((number, index) => number !== (mine[index] ?? 0));
  return at >= 0 && (mine[at] ?? 0) < (other[at] ?? 0);
}

/** The oldest server of the kind that calls itself so that the system's own tables may live on. */
export function oldestServer(version: string): string {
  return /mariadb/i.test(version) ? '10.6' : '5.7';
}
