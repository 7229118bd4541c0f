import { nextAddress, SIGN_IN } from '../../shell/signed-out.ts';
import { useUniversityWords } from '../../words/university/index.ts';

/** After these, the provider must not take the account that it knows. */
const ANEW = ['no-scope', 'refused', 'left'];

interface UniversityProps {
  isOffered: boolean | undefined;
  /** Why the gateway led here. */
  reason: string | undefined;
  next: string | undefined;
}

/** Why a sign-in at the university failed, and the way there. The gateway answers at its address, not a view. */
export function University({ isOffered, reason = '', next }: UniversityProps) {
  const { account, otherAccount, orToken, refusals } = useUniversityWords();
  const query = new URLSearchParams({
    next: nextAddress(next),
    ...(ANEW.includes(reason) && { anew: '' }),
  });
  return (
    <>
      {isRefusal(reason, refusals) && (
        <p class="refusal" role="alert">
          {refusals[reason]}
        </p>
      )}
      {isOffered && (
        <>
          <a class="main" href={`${SIGN_IN}/oidc?${query}`} target="_top">
            {reason === 'no-scope' ? otherAccount : account}
          </a>
          <p class="about">{orToken}</p>
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
