import { configurationAddress, readProviderConfiguration } from '@etl/core';
import { type Finding, ok, wrong } from './finding.ts';

const TIMEOUT_MS = 5000;
const CHECK = 'provider';

/** Checks whether the university's provider can be read at ETL_OIDC_ISSUER, and whether it is the issuer of that name. */
export async function examineProvider(issuer: string): Promise<Finding> {
  let named: string;
  try {
    ({ issuer: named } = await readProviderConfiguration(issuer, AbortSignal.timeout(TIMEOUT_MS)));
  } catch (error) {
    return refusing(
      `${configurationAddress(issuer)}: ${(error as Error).message}`,
      'Check that ETL_OIDC_ISSUER is the issuer of the provider, and that this machine reaches it.',
    );
  }
  // The gateway compares them so.
  if (URL.parse(named)?.href === new URL(issuer).href) return ok(CHECK, `${named} can be read`);
  return refusing(
    `ETL_OIDC_ISSUER is ${issuer}, but the provider names itself ${named}`,
    `If that is the university's provider, set ETL_OIDC_ISSUER=${named}. Else correct the address.`,
  );
}

function refusing(found: string, mend: string): Finding {
  return wrong('fault', CHECK, found, {
    means: 'People cannot sign in at the university. Tokens work.',
    mend,
  });
}
