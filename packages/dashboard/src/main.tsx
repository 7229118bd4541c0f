import './styles/index.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { showTheme } from './shell/theme.tsx';

showTheme();
render(<App />, document.getElementById('app') as HTMLElement);
