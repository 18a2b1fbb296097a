import { Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components';
import { ActionButton } from '../console/action-button.js';
import { columnsText } from './columns.js';

interface ColumnsMenuProps {
  readonly all: readonly { name: string; label: string }[];
  readonly shown: readonly { name: string }[];
  /** null: all of them. */
  readonly onChange: (columns: string | null) => void;
}

/** Which columns a list shows: kept with its address, and with a view that is saved of it. */
export function ColumnsMenu({ all, shown, onChange }: ColumnsMenuProps) {
  const names = new Set(shown.map(({ name }) => name));
  const toggle = (name: string) => {
    if (!names.delete(name)) names.add(name);
    onChange(columnsText(all, names));
  };
  return (
    <DialogTrigger>
      <ActionButton>Columns</ActionButton>
      <Popover className="popover popover-small" placement="bottom end">
        <Dialog className="dialog">
          <Heading slot="title">Columns</Heading>
          <fieldset>
            <legend className="sr-only">Those that are shown</legend>
            {all.slice(1).map(({ name, label }) => (
              <label key={name} className="check">
                <input type="checkbox" checked={names.has(name)} onChange={() => toggle(name)} />
                <span>{label}</span>
              </label>
            ))}
          </fieldset>
          <ActionButton onPress={() => onChange(null)}>Show all</ActionButton>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
