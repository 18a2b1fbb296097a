/** Of what is minted here, in the token's `iss`. */
export const mintedIssuer = 'smart-wallet';
