import 'vitest';

/** What the global set-up gives to every test file, through `inject`. */
declare module 'vitest' {
  interface ProvidedContext {
    /** Administrator's address of the test database server. */
    mysqlUrl: string;
    /** Address of the test Redis. */
    redisUrl: string;
  }
}
