/** The address of the queue: one Redis, the master that Sentinels name, or a cluster. */
export type RedisAddress =
  | { kind: 'single'; url: string }
  | ({ kind: 'sentinel'; group: string } & Members)
  | ({ kind: 'cluster' } & Members);

interface Members {
  hosts: { host: string; port: number }[];
  username?: string;
  password?: string;
}

const SENTINEL_PORT = 26_379;
const REDIS_PORT = 6379;

/** Scheme, user and password, hosts, and the text after a slash. */
const SEVERAL = /^redis-(sentinel|cluster):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^@/]+)(?:\/([^/]*))?$/;

/**
 * Reads `redis://…` and `rediss://…`, `redis-sentinel://user:password@host:port,host:port/group` and
 * `redis-cluster://user:password@host:port,host:port`. Returns undefined for anything else.
 */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (/^rediss?:\/\//.test(text)) return URL.canParse(text) ? { kind: 'single', url: text } : undefined;
  const [matched, kind, username, password, list = '', group] = SEVERAL.exec(text) ?? [];
  if (!matched) return undefined;
  const hosts = list
    .split(',')
    .map((host) => hostAndPort(host.trim(), kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT));
  if (!hosts.every((host) => host !== undefined)) return undefined;
  const credentials = decoded({ username, password });
  if (!credentials) return undefined;
  const members: Members = { hosts, ...credentials };
  if (kind === 'cluster') return group ? undefined : { kind, ...members };
  return group ? { kind: 'sentinel', group, ...members } : undefined;
}

function hostAndPort(text: string, usual: number): Members['hosts'][number] | undefined {
  if (!URL.canParse(`redis://${text}`)) return undefined;
  const { hostname, port } = new URL(`redis://${text}`);
  return hostname === ''
    ? undefined
    : { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

function decoded(values: Record<string, string | undefined>): Record<string, string> | undefined {
  try {
    return Object.fromEntries(
      Object.entries(values).flatMap(([name, value]) => (value ? [[name, decodeURIComponent(value)]] : [])),
    );
  } catch {
    return undefined;
  }
}
