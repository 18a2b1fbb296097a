import type { Limits } from '@smart-wallet/client';
import { actPatience, answered } from '../../api/platform.js';
import { refuseIfChanged } from '../../api/refuse-if-changed.js';
import { useSigned } from '../../api/use-platform.js';
import { shortId } from '../../figures/format.js';
import { groupedAmount } from '../../figures/money.js';
import { mayAct } from '../../session/may.js';
import { ActButton } from '../../ui/console/act.js';
import { AmountField } from '../../ui/console/fields.js';

const fields = [
  ['creditLimit', 'Credit: how far below zero it may go'],
  ['perPayment', 'Per payment'],
  ['dailyOut', 'Out a day'],
  ['dailyIn', 'In a day'],
] as const;

/** Sets all four limits of a wallet. */
export function LimitsAct({ limits }: { limits: Limits }) {
  const { user, platform } = useSigned();
  if (!mayAct(user)) return null;
  const { walletId, currency } = limits;
  return (
    <ActButton<Limits>
      label="Change limits"
      title="Change this wallet’s limits"
      words={
        <p>
          They bound what {shortId(walletId)} may pay and be paid from now on, in {currency}. An empty field is no
          credit, and no bound for the others. A limit that is raised to the approval threshold or above, or taken away,
          waits for a second person.
        </p>
      }
      fields={fields.map(([name, label]) => (
        <AmountField key={name} {...{ name, label, currency }} value={limits[name] ?? ''} isRequired={false} />
      ))}
      press={(typed) => {
        const changed = fields.filter(([name]) => (typed[name] ?? limits[name] ?? '') !== (limits[name] ?? ''));
        const [only] = changed;
        if (changed.length !== 1 || !only) return 'Set the limits';
        const [name, label] = only;
        const amount = typed[name] ?? '';
        return `Set ${(label.split(':')[0] as string).toLowerCase()} to ${amount === '' ? 'none' : `${groupedAmount(amount) || amount} ${currency}`}`;
      }}
      isKeyed
      ask={async ({ typed, key }) => {
        await refuseIfChanged(key, async () => {
          const now = await answered(platform.api.getLimits({ path: { id: walletId } }));
          return fields.every(([name]) => now[name] === limits[name]);
        });
        return platform.setLimits(walletId, limitsOf(typed), { key, ...actPatience });
      }}
      done={() => <>They hold from now on.</>}
    />
  );
}

function limitsOf(typed: Readonly<Record<string, string>>) {
  return Object.fromEntries(fields.map(([name]) => [name, typed[name] || null]));
}
