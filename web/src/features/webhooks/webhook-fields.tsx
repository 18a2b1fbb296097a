import type { Webhook } from '@smart-wallet/client';
import type { Typed } from '../../ui/console/act-attempts.js';
import { LongInput, TextInput } from '../../ui/console/inputs.js';
import { eventTypes, tickedTypes, walletIdsIn } from './webhook-events.js';

const urlCharsMax = 2_000;
const descriptionCharsMax = 500;

/** Where to, and of what. */
export function WebhookFields({ webhook }: { webhook?: Webhook }) {
  const isWanted = (type: string) => webhook?.eventTypes.includes(type) ?? false;
  return (
    <>
      <TextInput name="url" label="Address" type="url" value={webhook?.url ?? ''} charsMax={urlCharsMax} />
      <fieldset className="ticks">
        <legend className="muted">Events: none ticked is all of them, also types that come later</legend>
        {Object.entries(eventTypes).map(([type, words]) => (
          <label key={type} className="tick">
            <input type="checkbox" name={type} defaultChecked={isWanted(type)} /> {words}
          </label>
        ))}
      </fieldset>
      <LongInput
        name="walletIds"
        label="Only about these wallets (if any)"
        value={webhook?.walletIds?.join('\n') ?? ''}
        hint="Whole ids, one a line. A filter and no boundary: what is sent names both wallets of a transaction, with the balance of each."
      />
      <TextInput
        name="description"
        label="What it is for (if anything)"
        value={webhook?.description ?? ''}
        isRequired={false}
        charsMax={descriptionCharsMax}
      />
    </>
  );
}

/** As the API takes it. */
export function webhookIn(typed: Typed) {
  return {
    url: typed.url ?? '',
    eventTypes: tickedTypes(typed) as ['*'],
    walletIds: walletIdsIn(typed.walletIds ?? ''),
    description: typed.description || null,
  };
}
