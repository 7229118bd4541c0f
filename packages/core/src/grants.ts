/** The privileges that lines of SHOW GRANTS give on a database: `SELECT`, `ALL PRIVILEGES`, … */
export function grantedOn(database: string, grants: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const grant of grants) {
    const [, given, where] = /^GRANT (.+?) ON (\S+) TO /.exec(grant) ?? [];
    // A role that was granted has lines of its own where it is in force.
    if (given === undefined || where === undefined || !isOn(where, database)) continue;
    // A privilege may name columns: SELECT (id, name).
    for (const privilege of given.replaceAll(/ *\([^)]*\)/g, '').split(', '))
      found.add(privilege.toUpperCase());
  }
  return found;
}

/** Whether a grant on `database`.`table` concerns this database, in whose place may stand a pattern: % and _, as such where escaped. */
function isOn(where: string, database: string): boolean {
  const pattern = where.slice(0, where.lastIndexOf('.')).replaceAll('`', '');
  if (pattern === '*') return true;
  const expression = pattern.replaceAll(/\\?./g, (character) => {
    if (character === '%') return '.*';
    return character === '_' ? '.' : RegExp.escape(character.replace(/^\\/, ''));
  });
  return new RegExp(`^${expression}$`).test(database);
}
