import { Button, type ButtonProps } from 'react-aria-components';

interface ActionButtonProps extends Omit<ButtonProps, 'className'> {
  /** `main`: what the page is for. `danger`: it moves or bounds somebody's money. */
  tone?: 'main' | 'danger' | 'quiet';
}

/** While it is pending it cannot be pressed again. */
export function ActionButton({ tone = 'quiet', ...props }: ActionButtonProps) {
  return <Button {...props} className={`action action-${tone}`} />;
}
