import { type Config, fetchLimited, isLoopback } from '@etl/core';
import { LRUCache } from 'lru-cache';
import * as oidc from 'openid-client';
import { z } from 'zod';
import type { Claims } from '../claims.ts';
import { claimsFrom, lacksClaims, type MappingConfig } from './claim-mapping.ts';
import { refusalOf } from './provider-errors.ts';

export type ProviderConfig = MappingConfig &
  Pick<Config, 'ETL_OIDC_ISSUER' | 'ETL_OIDC_CLIENT_ID' | 'ETL_OIDC_CLIENT_SECRET'>;

/** Each request to the provider ends after this time. A person waits for it. */
const PATIENCE_SECONDS = 5;

/** The provider's endpoints are read again after this time. */
const METADATA_MS = 10 * 60_000;

/** An answer without an end would fill the memory. */
const limited: oidc.CustomFetch = (address, options) => fetchLimited(address, options as RequestInit);

/** What a browser must bring back, and the provider must repeat. */
export const Checks = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });
export type Checks = z.infer<typeof Checks>;

/** What the provider says about a person. */
export interface Said {
  claims: Claims;
  idToken?: string;
  /** Epoch seconds. */
  expiresAt: number;
}

/** The university's OpenID provider. Each method throws SignInRefused, except `signOutAddress`. */
export interface Provider {
  /** Names the provider and this system at it: a session of another provider is no session here. */
  name: string;
  /** The address at which the person signs in. `anew`: as another person, perhaps, whom the provider does not know yet. */
  begin(redirectUri: string, anew: boolean): Promise<{ address: URL; checks: Checks }>;
  /** Takes the code in the callback's address to the provider. */
  finish(callback: URL, checks: Checks): Promise<Said>;
  /** The address at which the provider signs the person out. Null if it has none, or cannot be reached. */
  signOutAddress(idToken: string | undefined, back: string): Promise<string | null>;
}

/** The provider's name, or undefined if none is configured. */
export function providerName(config: ProviderConfig): string | undefined {
  const { ETL_OIDC_ISSUER: issuer, ETL_OIDC_CLIENT_ID: clientId } = config;
  return issuer === undefined ? undefined : `${issuer} ${clientId}`;
}

/** Opens the provider of the configuration. Nothing is read until the first person signs in. */
export function openProvider(config: ProviderConfig): Provider | undefined {
  const { ETL_OIDC_ISSUER: issuer, ETL_OIDC_CLIENT_ID: id, ETL_OIDC_CLIENT_SECRET: secret } = config;
  const name = providerName(config);
  if (issuer === undefined || id === undefined || secret === undefined || name === undefined)
    return undefined;
  const insecure = issuer.startsWith('http:') && isLoopback(issuer) ? [oidc.allowInsecureRequests] : [];
  const known = new LRUCache<string, oidc.ServerMetadata>({
    max: 1,
    ttl: METADATA_MS,
    fetchMethod: async () => {
      const options = { timeout: PATIENCE_SECONDS, execute: insecure, [oidc.customFetch]: limited };
      const found = await oidc.discovery(new URL(issuer), id, secret, undefined, options);
      return found.serverMetadata();
    },
  });

  /** A new one for each person: it reads the provider's keys again, which may have changed. */
  async function connect({ forceRefresh = false } = {}): Promise<oidc.Configuration> {
    const metadata = (await known.fetch(issuer as string, { forceRefresh })) as oidc.ServerMetadata;
    // A provider that names no methods has only this one.
    const { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] } = metadata;
    const authentication = methods.includes('client_secret_post')
      ? oidc.ClientSecretPost(secret)
      : oidc.ClientSecretBasic(secret);
    const connection = new oidc.Configuration(metadata, id as string, secret, authentication);
    connection.timeout = PATIENCE_SECONDS;
    connection[oidc.customFetch] = limited;
    for (const extension of [...insecure, oidc.enableNonRepudiationChecks]) extension(connection);
    return connection;
  }

  return {
    name,
    begin: refusing(async (redirectUri, anew) => {
      const connection = await connect();
      const checks = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const address = oidc.buildAuthorizationUrl(connection, {
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
        ...(anew && { prompt: 'login' }),
      });
      return { address, checks };
    }),
    finish: refusing(async (callback, { state, nonce, verifier }) => {
      const connection = await connect();
      const tokens = await oidc.authorizationCodeGrant(connection, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const inToken = tokens.claims() as oidc.IDToken;
      const sources: Record<string, unknown>[] = [inToken];
      // Without the answer a person could see too much: a category that is missing here limits what another allows.
      if (lacksClaims(inToken, config) && connection.serverMetadata().userinfo_endpoint !== undefined)
        sources.push(await oidc.fetchUserInfo(connection, tokens.access_token, inToken.sub));
      const { id_token: idToken } = tokens;
      return {
        claims: claimsFrom(sources, config),
        ...(idToken !== undefined && { idToken }),
        expiresAt: inToken.exp,
      };
    }),
    signOutAddress: async (idToken, back) => {
      try {
        // A person must not be led to a provider that is down: the sign-out is asked for there.
        const connection = await connect({ forceRefresh: true });
        return oidc.buildEndSessionUrl(connection, {
          post_logout_redirect_uri: back,
          ...(idToken !== undefined && { id_token_hint: idToken }),
        }).href;
      } catch {
        return null;
      }
    },
  };
}

function refusing<Given extends unknown[], Result>(
  step: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return (...given) =>
    step(...given).catch((error: unknown) => {
      throw refusalOf(error);
    });
}
