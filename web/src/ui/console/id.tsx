import { shortId } from '../../figures/format.js';
import { CopyButton } from './copy-button.js';

/** An id, shortened in the middle; copied whole with one click. */
export function Id({ id, whole = false }: { id: string; whole?: boolean }) {
  return (
    <span className="id">
      <span className="mono" title={id}>
        {whole ? id : shortId(id)}
      </span>
      <CopyButton text={id} what={id} />
    </span>
  );
}
