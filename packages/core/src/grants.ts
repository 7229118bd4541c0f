/** The privileges on a database in lines of SHOW GRANTS: `SELECT`, `ALL PRIVILEGES`, … */
export function grantedOn(database: string, grants: readonly string[]): Set<string> {
  const found = new Set<string>();
  for (const grant of grants) {
    const [, given, where] = /^GRANT (.+?) ON (\S+) TO /.exec(grant) ?? [];
    // A granted role that is active has its own lines.
    if (given === undefined || where === undefined || !isOn(where, database)) continue;
    // A privilege can name columns: SELECT (id, name).
    for (const privilege of given.replaceAll(/ *\([^)]*\)/g, '').split(', '))
      found.add(privilege.toUpperCase());
  }
  return found;
}

/**
 * Whether a grant on `database`.`table` covers this database. The database can be a pattern with % and _; a backslash
 * escapes them.
 */
function isOn(where: string, database: string): boolean {
  const pattern = where.slice(0, where.lastIndexOf('.')).replaceAll('`', '');
  if (pattern === '*') return true;
  const expression = pattern.replaceAll(/\\?./g, (character) => {
    if (character === '%') return '.*';
    return character === '_' ? '.' : RegExp.escape(character.replace(/^\\/, ''));
  });
  return new RegExp(`^${expression}$`).test(database);
}
