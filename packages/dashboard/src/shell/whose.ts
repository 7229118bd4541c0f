import { useMe } from '../api/queries.ts';
import { useWords } from '../words/language.tsx';

/** Whose figures a view shows when no category is chosen: those of the reader's scope. */
export function useWhose(): string {
  const { everything } = useWords().common;
  return (
    useMe()
      .data?.scope?.map(({ name }) => name)
      .join(', ') ?? everything
  );
}
