import { Link } from '@tanstack/react-router';
import { Facts } from '../../ui/console/facts.js';
import { saidIn } from './said-in.js';

/** What an approval says, with a way to each thing that it names. */
export function SaidFacts({ of }: { of: Readonly<Record<string, unknown>> }) {
  const facts = saidIn(of).map(({ name, text, page }) => [
    name,
    page === null ? (
      text
    ) : (
      <Link key={name} to={page} params={{ id: text }} search={{}} className="mono">
        {text}
      </Link>
    ),
  ]);
  return <Facts facts={Object.fromEntries(facts)} />;
}
