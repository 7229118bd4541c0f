import { useWords } from '../words/language.tsx';
import { BASE } from './address.ts';
import { useTitle } from './shell.tsx';

export function NotFound() {
  const { title, back } = useWords().common.notFound;
  useTitle(title);
  return (
    <div class="message">
      <h1>{title}</h1>
      <p>
        <a href={BASE}>{back}</a>
      </p>
    </div>
  );
}
