import { type Connection, createConnection } from 'mysql2/promise';

/** Opens a connection, hands it over and closes it again. */
export async function withConnection<T>(
  url: string,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await createConnection({ uri: url, supportBigNumbers: true });
  try {
    return await use(connection);
  } finally {
    await connection.end();
  }
}

/** The same address with another database, user or password. */
export function addressOf(
  url: string,
  parts: { database?: string; user?: string; password?: string },
): string {
  const address = new URL(url);
  if (parts.database !== undefined) address.pathname = `/${parts.database}`;
  if (parts.user !== undefined) address.username = parts.user;
  if (parts.password !== undefined) address.password = parts.password;
  return address.href;
}

/** Creates a database that is not there yet, and returns its address. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  await withConnection(adminUrl, (connection) =>
    connection.query(`CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4`),
  );
  return addressOf(adminUrl, { database: name });
}

export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await withConnection(adminUrl, (connection) => connection.query(`DROP DATABASE IF EXISTS ${name}`));
}

/** Creates an account with these rights on one database, and returns the database's address for it. */
export async function createAccount(
  adminUrl: string,
  account: { user: string; password: string; rights: string; database: string },
): Promise<string> {
  const { user, password, rights, database } = account;
  await withConnection(adminUrl, async (connection) => {
    await connection.query(`CREATE USER IF NOT EXISTS ?@'%' IDENTIFIED BY ?`, [user, password]);
    await connection.query(`ALTER USER ?@'%' IDENTIFIED BY ?`, [user, password]);
    await connection.query(`GRANT ${rights} ON ${database}.* TO ?@'%'`, [user]);
  });
  return addressOf(adminUrl, { database, user, password });
}
