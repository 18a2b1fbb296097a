import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useSigned } from '../../api/use-platform.js';
import { plural } from '../../figures/format.js';
import { Notice } from '../../ui/console/notice.js';
import { findingWords, readOpenFindings } from './open-findings.js';

const everyMs = 10_000;

/** What the books say against this wallet: nobody should have to look for it elsewhere. */
export function FindingBanner({ id }: { id: string }) {
  const { platform } = useSigned();
  const { data } = useQuery({
    queryKey: ['wallet', id, 'findings'],
    queryFn: ({ signal }) => readOpenFindings(platform, id, signal),
    refetchInterval: everyMs,
  });
  const first = data?.findings[0];
  if (!data || !first) return null;
  const others = data.findings.length - 1;
  return (
    <Notice
      severity="critical"
      title="Reconciliation found a break in this wallet"
      action={
        <Link to="/reconciliation/$id" params={{ id: data.runId }}>
          See the report
        </Link>
      }
    >
      {findingWords(first)}
      {others > 0 && `, and ${plural(others, 'more finding')}`}.
    </Notice>
  );
}
