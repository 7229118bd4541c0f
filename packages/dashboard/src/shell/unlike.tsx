import { useWords } from '../words/language.tsx';

interface Compared {
  data: readonly { change: number | null }[];
  compare: string | null;
  missing_dates: readonly string[];
  compared_missing_dates: readonly string[];
}

/** Says why nothing has a change: other dates are missing in the one range than in the other. */
export function Unlike({ answer }: { answer: Compared }) {
  const { unlike } = useWords().common.compare;
  const { data, compare, missing_dates: own, compared_missing_dates: others } = answer;
  const isUnlike = compare !== null && own.length + others.length > 0;
  if (!isUnlike || data.some(({ change }) => change !== null)) return null;
  return <p class="about">{unlike}</p>;
}
