import { silentAfterMs } from '../../api/silence.js';
import { useSigned } from '../../api/use-platform.js';
import { Notice } from '../../ui/console/notice.js';
import { useNow } from '../../ui/console/use-now.js';
import { Clock } from '../../ui/console/when.js';

/** Above every page, while nobody answers: nothing that is shown may be taken for how it is. */
export function AwayNotice() {
  const { silence } = useSigned();
  const nowMs = useNow();
  const { sinceMs } = silence;
  if (sinceMs === null || nowMs - sinceMs < silentAfterMs) return null;
  return (
    <div className="away">
      <Notice severity="unknown" title="The platform does not answer">
        What is shown is as it was at <Clock at={new Date(sinceMs).toISOString()} /> UTC. It is asked again by itself.
      </Notice>
    </div>
  );
}
