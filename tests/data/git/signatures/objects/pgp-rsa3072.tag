object be8a5f0a94f945e93c7f4876ce78350a3af38021
type commit
tag v-pgp-rsa3072
tagger Ada <ada@example.org> 1767225600 +0000

A release
-----BEGIN PGP SIGNATURE-----

iQGzBAABCgAdFiEEZdPQwekFR2bzawLrz+66be0+HkIFAmlVuQAACgkQz+66be0+
HkJJuwv9HPOG6LgAMHiqpCfcj4aawyXCms85mIMycCLRO157Gej8aiTox+G3Vgd1
QfCu3qmRrGcaR1EBsuLl9DK5G0vXFvSs0acJPPsBtVhi+PbpNTMm+f3WDH++9l1s
Wc44t7FYZK+zluOR2Q8zatmBLrJko9/Ckrni8fj6tgquPzj6u6K7DYCFj71ZTeH4
oo6yN7R+wMqnTE4Xwioy0cia3rbPeIQ/X+4OtSjswgBzJAabhsEevKJQKcfok0jj
EaCKYWnRg9FFythIfvNFt5TtN/rHjDPW/2cXeKKc9VxqhHAYrWnw/IZdvVhazWwi
BziQ6bhxilfEeiqYyGrmz+1nVcHhAO/y5mf9drEX2/6izFv0ZX5GX7vgShsOY5g0
QguJ/ERY17JYmGhee3YPJQnEjUtzWZPii/DkIjO7Ifn0CqQ/LsNd0SNHLsuxkQ4U
/STRxlIhm3933rNL8RQYyk4T83VzJjA0sBJTEL4csSnx3qyz+iiK5dp8gkJ/Nc8x
C/HLwXKW
=L+V5
-----END PGP SIGNATURE-----
