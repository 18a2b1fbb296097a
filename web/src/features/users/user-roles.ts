/** What a person can be, with what that means. */
export const roleChoices: Readonly<Record<string, string>> = {
  viewer: 'Viewer: reads everything',
  operator: 'Operator: reads, moves money, acts',
  admin: 'Admin: acts, and configures',
};

export const secondPersonWords =
  'Whoever becomes an operator or admin, is let in again as one, or is given a password, is approved by another admin first, once there are two operators or admins.';
