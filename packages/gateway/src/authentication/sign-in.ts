import type { Services } from '../services.ts';
import { type AddressKeys, openAddressKeys } from './address-keys.ts';
import { openProvider, type Provider } from './oidc/provider.ts';
import { claimsRecognizer, type Recognize, type RecognizeClaims, tokenRecognizer } from './recognition.ts';
import { openSessions, type Sessions } from './sessions.ts';

/** The ways to recognize a caller. */
export interface SignIn {
  /** Undefined without ETL_JWT_JWKS_URL. */
  addressKeys: AddressKeys | undefined;
  recognize: Recognize;
  recognizeClaims: RecognizeClaims;
  sessions: Sessions;
  /** Undefined without ETL_OIDC_ISSUER. */
  provider: Provider | undefined;
}

export function openSignIn(services: Services): SignIn {
  const { config, log } = services;
  const { ETL_JWT_JWKS_URL: keysUrl } = config;
  const addressKeys = keysUrl === undefined ? undefined : openAddressKeys(keysUrl, log);
  const recognize = tokenRecognizer(config, addressKeys);
  const recognizeClaims = claimsRecognizer(config);
  const sessions = openSessions(services, recognize, recognizeClaims);
  return { addressKeys, recognize, recognizeClaims, sessions, provider: openProvider(config) };
}
