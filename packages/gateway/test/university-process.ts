import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWKS, Provider } from 'oidc-provider';

/** What the tests decide about the provider. It can change while the provider serves. */
export interface ProviderOrder {
  /** The address of the gateway for browsers. */
  gateway: string;
  clientId: string;
  clientSecret: string;
  /** The claims of each account, by its login name. */
  accounts: Record<string, Record<string, unknown>>;
  /** The provider names itself so. Its own address if this is not given. */
  issuer?: string;
  /** Claims are in the ID token, not in the answer of userinfo. */
  inIdToken?: boolean;
  /** Seconds. */
  idTokenLives?: number;
  /** Without: the provider has no sign-out. */
  signsOut?: boolean;
  /** How the gateway shows its secret. */
  authentication?: 'client_secret_basic' | 'client_secret_post';
  /** The next keys are new ones. */
  newKeys?: boolean;
}

const CLAIMS = ['username', 'preferred_username', 'roles', 'realm_access', 'directorate', 'unit'];

// The library warns that this is no provider for production.
console.warn = () => {};
const oidc = await import('oidc-provider');

/** An OpenID provider in a process of its own. Its parent sends orders, and gets the address after each. */
let handle: RequestListener = (_, response) => response.writeHead(503).end();
let jwks: JWKS | undefined;
const server = createServer((request, response) => void handle(request, response));
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1');

process.on('message', async (order: ProviderOrder) => {
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  if (jwks === undefined || order.newKeys) jwks = await newKeys();
  handle = provider(order, order.issuer ?? url, jwks).callback();
  process.send?.({ url });
});
process.on('disconnect', () => process.exit());
process.send?.('listening');

async function newKeys(): Promise<JWKS> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = await exportJWK(privateKey);
  return { keys: [{ ...key, alg: 'RS256', use: 'sig', kid: crypto.randomUUID() }] } as JWKS;
}

function provider(order: ProviderOrder, issuer: string, jwks: JWKS): Provider {
  const { authentication = 'client_secret_post' } = order;
  return new oidc.Provider(issuer, {
    jwks,
    clientAuthMethods: [authentication],
    clients: [
      {
        client_id: order.clientId,
        client_secret: order.clientSecret,
        redirect_uris: [`${order.gateway}/app/sign-in/callback`],
        post_logout_redirect_uris: [`${order.gateway}/app/sign-in`],
        token_endpoint_auth_method: authentication,
      },
    ],
    cookies: { keys: ['the provider of these tests'] },
    claims: { openid: ['sub'], profile: CLAIMS },
    conformIdTokenClaims: order.inIdToken !== true,
    ttl: {
      IdToken: order.idTokenLives ?? 3600,
      AccessToken: 600,
      Session: 3600,
      Grant: 3600,
      Interaction: 600,
    },
    features: { rpInitiatedLogout: { enabled: order.signsOut !== false } },
    findAccount: async (_, id) => {
      const claims = order.accounts[id];
      return claims && { accountId: id, claims: async () => ({ ...claims, sub: id }) };
    },
    // The provider does not ask for consent.
    loadExistingGrant: async (ctx) => {
      const { client, session, provider } = ctx.oidc;
      const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
      grant.addOIDCScope('openid profile');
      await grant.save();
      return grant;
    },
  });
}
