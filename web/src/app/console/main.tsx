import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { createRoot } from 'react-dom/client';
import '../../theme/fonts.css';
import '../../theme/tokens.css';
import '../../theme/base.css';
import '../../theme/console.css';
import '../../ui/shape.css';
import '../../ui/console/controls.css';
import '../../ui/console/parts.css';
import '../../ui/console/story.css';
import '../../ui/list/list.css';
import '../../session/sign-in.css';
import './shell.css';
import { browserShelves } from '../../session/browser-shelves.js';
import { OpsSession } from '../../session/ops-session.js';
import { forgetTab } from '../../session/session.js';
import { Guard } from '../../ui/guard.js';
import { openQueries } from './queries.js';
import { openRouter } from './router.js';
import { SignedInOnly } from './signed-in-only.js';

const theme = new URLSearchParams(location.search).get('theme');
if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;

const session = new OpsSession();
session.onSignedOut(() => forgetTab(browserShelves));
const queries = openQueries();
const router = openRouter();

createRoot(document.getElementById('root') as HTMLElement).render(
  <Guard>
    <QueryClientProvider client={queries}>
      <SignedInOnly session={session}>
        <RouterProvider router={router} />
      </SignedInOnly>
    </QueryClientProvider>
  </Guard>,
);
