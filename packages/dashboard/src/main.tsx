import './styles/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { showTheme } from './shell/theme.tsx';
import { loadLanguage } from './words/language.tsx';

showTheme();
const place = document.getElementById('app') as HTMLElement;
void loadLanguage().then((first) => render(<App first={first} />, place));
