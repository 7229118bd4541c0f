import { type RawBuilder, sql } from 'kysely';

/**
 * The SQL expression of a lock's name for GET_LOCK and RELEASE_LOCK. Locks are global to the server, so the name
 * contains a hash of the session's database. MySQL allows 64 characters: `name` may have 31. Every server has SHA2;
 * MySQL 9.6 removed MD5 and SHA1.
 */
export function lockName(name: string): RawBuilder<string> {
  return sql`CONCAT(${sql.lit(`${name} `)}, LEFT(SHA2(DATABASE(), 256), 32))`;
}
