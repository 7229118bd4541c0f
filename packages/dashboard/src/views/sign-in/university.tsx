import type { UniversityWay } from '../../api/ways.ts';
import { nextAddress, SIGN_IN } from '../../shell/signed-out.ts';
import { useUniversityWords } from '../../words/university/index.ts';

/** After these, the provider must not take the account that it knows. */
const ANEW = ['no-scope', 'refused', 'left'];

interface UniversityProps {
  way: UniversityWay | null | undefined;
  /** Why the gateway led here. */
  reason: string | undefined;
  next: string | undefined;
}

/** Why a sign-in at the university failed, and the way there. The gateway answers at its address, not a view. */
export function University({ way, reason = '', next }: UniversityProps) {
  const { account, otherAccount, orToken, refusals } = useUniversityWords();
  const page = nextAddress(next);
  const query = new URLSearchParams({
    next: page,
    ...(ANEW.includes(reason) && { anew: '' }),
  });
  return (
    <>
      {isRefusal(reason, refusals) && (
        <p class="refusal" role="alert">
          {refusals[reason]}
        </p>
      )}
      {way && (
        <>
          <a class="main" href={way === 'oidc' ? `${SIGN_IN}/oidc?${query}` : page} target="_top">
            {way === 'oidc' && reason === 'no-scope' ? otherAccount : account}
          </a>
          {way === 'oidc' && <p class="about">{orToken}</p>}
        </>
      )}
    </>
  );
}

function isRefusal<Refusals extends object>(
  reason: string,
  refusals: Refusals,
): reason is string & keyof Refusals {
  return Object.hasOwn(refusals, reason);
}
