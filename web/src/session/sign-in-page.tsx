import type { OpsSession } from './ops-session.js';
import { SignInForm } from './sign-in-form.js';

export function SignInPage({ session }: { session: OpsSession }) {
  return (
    <main className="sign-in">
      <section className="sign-in-card" aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">Smart Wallet</h1>
        <p className="muted">Sign in to the console.</p>
        <SignInForm session={session} />
      </section>
    </main>
  );
}
