import type { SignedInUser } from '@smart-wallet/client';
import { useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { ActionButton } from '../ui/console/action-button.js';
import type { OpsSession } from './ops-session.js';
import { SignInForm } from './sign-in-form.js';

/** Over the page, which stays as it is. */
export function SessionEndedDialog({ session, user }: { session: OpsSession; user: SignedInUser }) {
  const [isRefused, setRefused] = useState(false);
  return (
    <ModalOverlay className="overlay" isOpen isKeyboardDismissDisabled>
      <Modal className="modal">
        <Dialog className="dialog">
          <Heading slot="title">Your session has ended</Heading>
          <p>
            Sign in again as <strong>{user.email}</strong>. What you typed is kept; nothing was sent without you.
          </p>
          <SignInForm session={session} email={user.email} />
          {isRefused && (
            <p className="form-failure" role="alert">
              Nobody answers: this session could not be ended. Try again.
            </p>
          )}
          <ActionButton onPress={async () => setRefused(!(await session.signOut()))}>
            Sign in as somebody else
          </ActionButton>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
