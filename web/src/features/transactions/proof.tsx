import type { TransactionProof } from '@smart-wallet/client';
import { useQuery } from '@tanstack/react-query';
import { answered } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { Facts } from '../../ui/console/facts.js';
import { Id } from '../../ui/console/id.js';
import { Loaded } from '../../ui/console/loaded.js';
import { Notice } from '../../ui/console/notice.js';
import { When } from '../../ui/console/when.js';

/** That the transaction is as it was committed: its seal, made again when the page is opened, and when somebody asks. */
export function Proof({ id }: { id: string }) {
  const { platform } = useSigned();
  const query = useQuery({
    queryKey: ['transaction', id, 'proof'],
    queryFn: ({ signal }) => answered(platform.api.getTransactionProof({ path: { id }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnMount: 'always',
    // What an earlier visit was told is no proof of now.
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  return (
    <Loaded query={query} what="its proof">
      {(proof) => (
        <>
          <Verdict proof={proof} />
          <Facts
            facts={{
              Verified: <When at={proof.verifiedAt} />,
              Batch: `${proof.batchSeq} of its engine, ${plural(proof.transactions, 'transaction')}`,
              Engine: <Id id={proof.engineId} />,
              Root: <Id id={proof.merkleRoot} />,
              Head: <Id id={proof.headHash} />,
              Chain: `goes on to batch ${proof.chain.lastSeq}`,
            }}
          />
          <details className="raw">
            <summary>What was sealed, and the way to the root</summary>
            <pre>
              {[
                `leaf  ${proof.leaf ?? 'not kept any more'}`,
                ...proof.path.map(({ side, hash }) => `${side.padEnd(5)} ${hash}`),
                `root  ${proof.merkleRoot}`,
                `digest ${proof.digest}`,
                `before ${proof.previousHead ?? 'not kept any more'}`,
                `head  ${proof.headHash}`,
              ].join('\n')}
            </pre>
          </details>
          <div className="acts">
            <ActionButton onPress={() => void query.refetch()} isPending={query.isFetching}>
              {query.isFetching ? 'Verifying\u2026' : 'Verify again'}
            </ActionButton>
          </div>
        </>
      )}
    </Loaded>
  );
}

const broken = {
  root: 'It, or another one of its batch, is not as it was asked for.',
  digest: 'A balance, an entry number or the time in its batch is not as it was decided.',
  head: 'Its batch does not continue the one before.',
} as const;

function Verdict({ proof: { checks, verified } }: { proof: TransactionProof }) {
  if (verified) {
    return (
      <Notice severity="good" title="It is as it was committed">
        Its seal was made again from the ledger’s rows, and is the same: amount, wallets, key and outcome, the balances
        that it left, and its place behind all batches before. Who has kept a later head, such as a digest’s, knows that
        nobody has rewritten it.
      </Notice>
    );
  }
  const wrong = Object.entries(broken).filter(([name]) => checks[name as keyof typeof checks] === false);
  if (wrong.length > 0) {
    return (
      <Notice severity="critical" title="It is not as it was committed">
        {wrong.map(([, words]) => words).join(' ')} Reconciliation finds what it is; nobody should act on these figures.
      </Notice>
    );
  }
  return (
    <Notice severity="unknown" title="It cannot be verified whole">
      Rows that its seal was made over are not kept any more. What is there fits.
    </Notice>
  );
}
