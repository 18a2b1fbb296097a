import { createRoot } from 'react-dom/client';
import '../theme/fonts.css';
import '../theme/tokens.css';
import '../theme/base.css';
import '../ui/shape.css';
import '../ui/message.css';
import { Guard } from '../ui/guard.js';
import { App } from './app.js';

const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

createRoot(document.getElementById('root') as HTMLElement).render(
  <Guard>
    <App />
  </Guard>,
);
