import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type AnyRoute, useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Dialog, Heading, Input, Label, Modal, ModalOverlay, SearchField } from 'react-aria-components';
import { faultWords } from '../../api/platform.js';
import { useSigned } from '../../api/use-platform.js';
import { ActionButton } from '../../ui/console/action-button.js';
import { areSingleKeysOn } from '../../ui/console/single-keys.js';
import { type Found, find, pagesFound } from './find.js';

interface FindDialogProps {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

/** `/` and Ctrl-K open it everywhere but where one types. */
export function FindDialog({ isOpen, onOpenChange }: FindDialogProps) {
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      const isK = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
      const isSlash =
        event.key === '/' && areSingleKeysOn() && !event.ctrlKey && !event.metaKey && !isTyping(event.target);
      // What is being asked for stays in front.
      if ((!isK && !isSlash) || document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      onOpenChange(true);
    };
    document.addEventListener('keydown', open);
    return () => document.removeEventListener('keydown', open);
  }, [onOpenChange]);
  return (
    <ModalOverlay className="overlay overlay-top" isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">Search</Heading>
          <FindForm onGo={() => onOpenChange(false)} />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

function FindForm({ onGo }: { onGo: () => void }) {
  const { platform } = useSigned();
  const navigate = useNavigate();
  const router = useRouter();
  const queries = useQueryClient();
  // While one types: once something is found, nobody waits for the files of its page.
  useEffect(() => {
    for (const to of pagesFound)
      for (let page: AnyRoute | undefined = router.routesByPath[to]; page; page = page.parentRoute)
        void router.loadRouteChunk(page);
  }, [router]);
  const [asked, setAsked] = useState('');
  const { data, dataUpdatedAt, error, isFetching } = useQuery({
    queryKey: ['find', asked],
    queryFn: ({ signal }) => find(platform, asked, signal),
    enabled: asked !== '',
  });
  const go = ({ what, to, id, read }: Found) => {
    onGo();
    if (read) queries.setQueryData([what, id], read, { updatedAt: dataUpdatedAt });
    void navigate({ to, params: { id } } as never);
  };
  const only = data?.length === 1 ? data[0] : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was found is gone to once.
  useEffect(() => {
    if (only) go(only);
  }, [only]);
  return (
    <>
      <SearchField autoFocus onSubmit={(text) => setAsked(text.trim())} className="field" maxLength={255}>
        <Label>An id, a reference, or an idempotency key of your own, whole</Label>
        <Input />
      </SearchField>
      <div role="status">
        {isFetching && 'Looking\u2026'}
        {error && faultWords(error)}
        {data?.length === 0 &&
          !isFetching &&
          `Nothing has \u201c${asked}\u201d as its id, reference, or key of your own.`}
      </div>
      <ul className="found">
        {data?.map((found) => (
          <li key={found.id}>
            <ActionButton onPress={() => go(found)}>
              {found.what} <span className="mono">{found.id}</span>
            </ActionButton>
          </li>
        ))}
      </ul>
    </>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
