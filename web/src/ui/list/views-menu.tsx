import type { SavedView } from '@smart-wallet/client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { Button, Dialog, DialogTrigger, Heading, Input, Label, Popover, TextField } from 'react-aria-components';
import { answered, faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { mayAct } from '../../session/may.js';
import { ActionButton } from '../console/action-button.js';

interface ViewsMenuProps {
  /** Of which list. */
  readonly list: string;
  /** As the address says it now. */
  readonly query: string;
  readonly onShow: (query: string) => void;
}

const nameCharsMax = 80;

/** Filters and columns that somebody gave a name: one's own, and those that are shared. They are on the server. */
export function ViewsMenu(props: ViewsMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const show = (query: string) => {
    setOpen(false);
    props.onShow(query);
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <ActionButton>Views</ActionButton>
      <Popover className="popover popover-small" placement="bottom end">
        <Dialog className="dialog">
          <Heading slot="title">Saved views</Heading>
          <Views {...props} onShow={show} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Views({ list, query, onShow }: ViewsMenuProps) {
  const { platform, user } = useSigned();
  const queries = useQueryClient();
  const key = ['views', list];
  const read = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => answered(platform.api.listViews({ query: { list }, signal })),
  });
  const again = { onSettled: () => queries.invalidateQueries({ queryKey: key }) };
  // Saved once more under its id it is the same view.
  const save = useMutation({
    mutationFn: ({ id, ...body }: { id: string; name: string; shared: boolean }) =>
      answered(platform.api.saveView({ path: { id }, body: { ...body, list, query } })),
    retry: 2,
    ...again,
  });
  const remove = useMutation({
    mutationFn: async (id: string) => void (await answered(platform.api.deleteView({ path: { id } }))),
    ...again,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const name = String(data.get('name')).trim();
    save.mutate(
      { id: crypto.randomUUID(), name, shared: data.get('shared') !== null },
      { onSuccess: () => form.reset() },
    );
  };
  const fault = read.error ?? save.error ?? remove.error;
  return (
    <>
      {fault && (
        <p className="form-failure" role="alert">
          {faultWords(fault)}
        </p>
      )}
      {read.data?.items.length === 0 && <p className="muted">None yet. Name what you see now to find it again.</p>}
      <ul className="views">
        {read.data?.items.map((view) => (
          <ViewLine
            key={view.viewId}
            {...{ view, onShow }}
            mayRemove={view.mine || user.role === 'admin'}
            onRemove={remove.mutate}
          />
        ))}
      </ul>
      <form className="act-form" onSubmit={submit}>
        <TextField name="name" isRequired className="field" maxLength={nameCharsMax}>
          <Label>Name of what is shown now</Label>
          <Input autoComplete="off" />
        </TextField>
        {mayAct(user) && (
          <label className="check">
            <input type="checkbox" name="shared" />
            <span>Everybody sees it</span>
          </label>
        )}
        <ActionButton type="submit" isPending={save.isPending}>
          Save the view
        </ActionButton>
      </form>
    </>
  );
}

interface ViewLineProps {
  readonly view: SavedView;
  readonly mayRemove: boolean;
  readonly onShow: (query: string) => void;
  readonly onRemove: (id: string) => void;
}

function ViewLine({ view: { viewId, name, query, shared, mine }, mayRemove, onShow, onRemove }: ViewLineProps) {
  return (
    <li>
      <ActionButton onPress={() => onShow(query)}>{name}</ActionButton>
      <span className="muted">{shared ? (mine ? 'shared by you' : 'shared') : 'yours alone'}</span>
      {mayRemove && (
        <Button className="chip-cross" aria-label={`Delete the view ${name}`} onPress={() => onRemove(viewId)}>
          ×
        </Button>
      )}
    </li>
  );
}
