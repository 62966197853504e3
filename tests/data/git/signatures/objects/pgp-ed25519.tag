object a3eaa00fc617ba3067e4dfb67a1fcf66076aedba
type commit
tag v-pgp-ed25519
tagger Ada <ada@example.org> 1767225600 +0000

A release
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQSxVFA026iEbGW1qsy93ZyIenqjowUCaVW5AAAKCRC93ZyIenqj
oxYeAP40elDIIAhE0Udrw+ZRa3Vunecoj00LPAUIhpFojmgqcAD/W9QnW9zkh87b
Uhv/NbVQunuGeoCMZU5JxTkAwS3LUwk=
=4OSP
-----END PGP SIGNATURE-----
