import type { Outcome } from '@smart-wallet/client';
import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { faultWords } from '../../api/platform.js';
import { ActionButton } from './action-button.js';
import { OutcomeWords } from './outcome-words.js';

export interface ActAsk {
  /** What was typed, by the names of the fields. */
  readonly typed: Readonly<Record<string, string>>;
  /** The same for every try of one act. */
  readonly key: string;
}

export interface Act<Made> {
  /** Of the button that opens it. */
  readonly label: string;
  readonly title: string;
  /** What will happen to whose money, in words. */
  readonly words: ReactNode;
  readonly fields: ReactNode;
  /** On the button that does it: with the amount, as it stands at the press. */
  readonly press: (typed: Readonly<Record<string, string>>) => string;
  readonly ask: (ask: ActAsk) => Promise<Outcome<Made>>;
  readonly done: (made: Made) => ReactNode;
}

/*
 * A dangerous act: said in words, asked for once, told as it ended.
 *
 *   TYPING ──press──► ASKING ──DONE, PENDING, REFUSED──► TOLD
 *     ▲                 │ ▲
 *     └──NOT_DONE───────┘ └── UNKNOWN: asked again under the same key, with the same content; nothing can be changed until then
 *
 * The key is made when the dialog opens. The dialog is not the page's: it tells the outcome also when the page has moved on. A press while one is under way is no second one.
 */
type Step<Made> =
  | { readonly kind: 'TYPING'; readonly failure: string | null }
  | { readonly kind: 'ASKING' }
  | { readonly kind: 'TOLD'; readonly outcome: Outcome<Made> };

const OpenAct = createContext<(act: Act<never>) => void>(() => {});

/** A button for an act. */
export function ActButton<Made>(act: Act<Made>) {
  const open = useContext(OpenAct);
  return <ActionButton onPress={() => open(act as unknown as Act<never>)}>{act.label}</ActionButton>;
}

/** Around all that has such buttons. */
export function ActHost({ children }: { children: ReactNode }) {
  const [act, setAct] = useState<Act<never> | null>(null);
  const { pathname } = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a link in it leads away from it.
  useEffect(() => setAct(null), [pathname]);
  return (
    <OpenAct value={setAct as (act: Act<never>) => void}>
      {children}
      <ModalOverlay className="overlay" isOpen={act !== null} isKeyboardDismissDisabled>
        <Modal className="modal">
          <Dialog className="dialog">
            <Heading slot="title">{act?.title}</Heading>
            {act && <ActForm {...act} onClose={() => setAct(null)} />}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </OpenAct>
  );
}

function ActForm<Made>({ words, fields, press, ask, done, onClose }: Act<Made> & { onClose: () => void }) {
  const queries = useQueryClient();
  const [step, setStep] = useState<Step<Made>>({ kind: 'TYPING', failure: null });
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const key = useRef(newKey());
  const isAsking = useRef(false);

  const send = async (content: Readonly<Record<string, string>>) => {
    if (isAsking.current) return;
    isAsking.current = true;
    setStep({ kind: 'ASKING' });
    try {
      const outcome = await ask({ typed: content, key: key.current });
      if (outcome.kind === 'NOT_DONE') {
        setStep({ kind: 'TYPING', failure: 'Nothing was done: the platform was too busy or out of reach. Try again.' });
      } else {
        setStep({ kind: 'TOLD', outcome });
      }
    } catch (fault) {
      // Nothing was done, and what was sent was not as it should be: another content is another act.
      key.current = newKey();
      setStep({ kind: 'TYPING', failure: faultWords(fault) });
    } finally {
      isAsking.current = false;
      void queries.invalidateQueries();
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void send(typedIn(event.currentTarget));
  };
  useStay(step.kind === 'ASKING');
  if (step.kind === 'TOLD') {
    const { outcome } = step;
    return (
      <div className="act-form">
        <OutcomeWords outcome={outcome} done={done} />
        {outcome.kind === 'UNKNOWN' && (
          <ActionButton tone="main" onPress={() => void send(typed)}>
            Ask again what became of it
          </ActionButton>
        )}
        <ActionButton onPress={onClose}>Close</ActionButton>
      </div>
    );
  }
  const isBusy = step.kind === 'ASKING';
  return (
    <form className="act-form" onSubmit={submit} onChange={(event) => setTyped(typedIn(event.currentTarget))}>
      <div>{words}</div>
      <fieldset disabled={isBusy}>{fields}</fieldset>
      <p className="form-failure" role="alert">
        {step.kind === 'TYPING' && step.failure}
      </p>
      <div className="act-presses">
        <ActionButton type="submit" tone="danger" isPending={isBusy}>
          {isBusy ? 'Asking\u2026' : press(typed)}
        </ActionButton>
        <ActionButton onPress={onClose} isDisabled={isBusy}>
          Leave it
        </ActionButton>
      </div>
    </form>
  );
}

/** Whoever leaves the page now would not learn what became of it: the browser asks them. */
function useStay(isNeeded: boolean): void {
  useEffect(() => {
    if (!isNeeded) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [isNeeded]);
}

function typedIn(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value).trim()]));
}

function newKey(): string {
  return `console-${crypto.randomUUID()}`;
}
