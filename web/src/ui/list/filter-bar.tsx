import { type FormEvent, useState } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Input, Label, Popover, TextField } from 'react-aria-components';
import { ActionButton } from '../console/action-button.js';
import { type Filter, type FilterValues, filterCharsMax, filterWords, instantField, instantOf } from './filters.js';

interface FilterBarProps {
  readonly filters: readonly Filter[];
  readonly values: FilterValues;
  readonly onChange: (values: FilterValues) => void;
}

/** What narrows a list: a chip each, which its cross takes away, and a form for all of them. */
export function FilterBar({ filters, values, onChange }: FilterBarProps) {
  const [isOpen, setOpen] = useState(false);
  if (filters.length === 0) return null;
  const active = filters.filter(({ name }) => values[name] !== undefined);
  const without = (left: string) => Object.fromEntries(Object.entries(values).filter(([name]) => name !== left));
  return (
    <div className="filter-bar">
      <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
        <ActionButton>Filter</ActionButton>
        <Popover className="popover" placement="bottom start">
          <Dialog className="dialog">
            <Heading slot="title">Filter</Heading>
            <FilterForm
              {...{ filters, values }}
              onApply={(next) => {
                setOpen(false);
                onChange(next);
              }}
            />
          </Dialog>
        </Popover>
      </DialogTrigger>
      <ul className="chips" aria-label="Filters">
        {active.map((filter) => (
          <li key={filter.name} className="chip">
            {filterWords(filter, values[filter.name] as string)}
            <Button
              className="chip-cross"
              aria-label={`Take away ${filter.label}`}
              onPress={() => onChange(without(filter.name))}
            >
              ×
            </Button>
          </li>
        ))}
      </ul>
      {active.length > 1 && <ActionButton onPress={() => onChange({})}>Clear</ActionButton>}
    </div>
  );
}

function FilterForm({
  filters,
  values,
  onApply,
}: Omit<FilterBarProps, 'onChange'> & { onApply: (values: FilterValues) => void }) {
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = filters.map((filter) => [filter.name, typed(filter, String(form.get(filter.name) ?? ''))] as const);
    onApply(Object.fromEntries(said.filter(([, value]) => value !== '')));
  };
  return (
    <form className="filter-form" onSubmit={apply}>
      {filters.map((filter) => (
        <FilterField key={filter.name} filter={filter} value={values[filter.name] ?? ''} />
      ))}
      <ActionButton type="submit" tone="main">
        Show
      </ActionButton>
    </form>
  );
}

function FilterField({ filter, value }: { filter: Filter; value: string }) {
  const { name, label } = filter;
  if (filter.kind === 'choice') {
    return (
      <label className="field">
        <span>{label}</span>
        <select name={name} defaultValue={value}>
          <option value="">Any</option>
          {filter.choices.map((choice) => (
            <option key={choice} value={choice}>
              {choice}
            </option>
          ))}
        </select>
      </label>
    );
  }
  if (filter.kind === 'instant') {
    return (
      <label className="field">
        <span>{label} (UTC)</span>
        <input name={name} type="datetime-local" step="1" defaultValue={instantField(value)} />
      </label>
    );
  }
  return (
    <TextField name={name} defaultValue={value} className="field" maxLength={filterCharsMax}>
      <Label>{label}</Label>
      <Input placeholder={filter.hint ?? ''} inputMode={filter.kind === 'amount' ? 'decimal' : 'text'} />
    </TextField>
  );
}

/** References keep their blanks; what cannot begin or end with one loses those that were pasted with it. */
function typed(filter: Filter, value: string): string {
  if (filter.kind === 'instant') return instantOf(value);
  return filter.kind === 'text' ? value : value.trim();
}
