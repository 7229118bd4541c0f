/** Compares versions (`10.11.19-MariaDB-…`) by their numbers. */
export function isOlder(version: string, than: string): boolean {
  const numbers = (text: string) => text.split(/[^\d]+/, 3).map(Number);
  const [mine, other] = [numbers(version), numbers(than)];
  const at = other.findIndex((number, index) => number !== (mine[index] ?? 0));
  return at >= 0 && (mine[at] ?? 0) < (other[at] ?? 0);
}

/** The oldest version of this kind of server that can be the warehouse. */
export function oldestServer(version: string): string {
  return /mariadb/i.test(version) ? '10.6' : '5.7';
}
