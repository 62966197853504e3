object ff5d9a47dfbeca02151017e66e19fcb763f34965
type commit
tag v-pgp-subkey
tagger Ada <ada@example.org> 1767225600 +0000

A release
-----BEGIN PGP SIGNATURE-----

iHUEABYIAB0WIQQHLEumLejTlfttaGC12SGsOP7grgUCaVW5AAAKCRC12SGsOP7g
rtguAQDpdkHHN9lr5JAhV5LQVzJgbUxv7VrosEhXOoNVZKYTqgD+IjLXUIqUrVPA
zrKoTfkdekb21hwwFYsDRzaP/TS3Bwc=
=5uk4
-----END PGP SIGNATURE-----
