import { z } from 'zod';
import { readJson } from './limited-fetch.ts';

/** What the gateway needs of a provider's configuration (OpenID Connect Discovery). */
const ProviderConfiguration = z.object({
  issuer: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  jwks_uri: z.string(),
});

export type ProviderConfiguration = z.infer<typeof ProviderConfiguration>;

/** The address of a provider's configuration. */
export function configurationAddress(issuer: string): string {
  return `${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`;
}

/** Reads a provider's configuration. The error's message completes the sentence "It cannot be read: …". */
export async function readProviderConfiguration(
  issuer: string,
  signal: AbortSignal,
): Promise<ProviderConfiguration> {
  const read = ProviderConfiguration.safeParse(await readJson(configurationAddress(issuer), signal));
  if (read.success) return read.data;
  const lacking = new Set(read.error.issues.map(({ path: [field] }) => field));
  throw new Error(
    lacking.has(undefined) || lacking.has('issuer')
      ? 'the answer is not the configuration of an OpenID provider'
      : `the provider's configuration has no ${[...lacking].join(', ')}`,
  );
}
