# Signing in with another provider.

upstream-or = O iniciar sesión en otro sitio
upstream-sign-in-with = Continuar con { $it }
upstream-departure-title = En camino
upstream-departure-heading = Le llevamos a { $it }
upstream-departure-wait = Si no ocurre nada, use el botón.
upstream-departure-go = Continuar
upstream-refused-title = No se ha iniciado sesión de esa forma
upstream-refused-no-provider = Nadie puede iniciar sesión aquí con este proveedor.
upstream-refused-stale = Ha tardado demasiado, ha vuelto dos veces o empezó en otro navegador.
upstream-refused-denied = El inicio de sesión se canceló allí.
upstream-refused-provider = No se puede contactar con el otro proveedor, o su respuesta no es de fiar.
upstream-refused-too-many = Desde su red se iniciaron muchísimas sesiones en el último minuto.
upstream-refused-no-account = Esa cuenta no pertenece a nadie aquí.
upstream-refused-no-address = El otro proveedor no indica ninguna dirección de correo que haya verificado.
upstream-refused-address-taken = Aquí hay una cuenta con la misma dirección que no está vinculada.
upstream-refused-linked-elsewhere = Esa cuenta está vinculada a otra persona aquí.
upstream-refused-other-person = Ya no tiene la sesión de la persona que empezó a vincularla.
upstream-refused-disabled = Su cuenta aquí está desactivada.
upstream-refused-not-signed-in = En este momento no se puede iniciar sesión en su cuenta.
upstream-ask-operator = Pregunte al operador de este servidor.
upstream-later = Espere un momento y vuelva a intentarlo.
upstream-again-sign-in = Vuelva a la página de inicio de sesión e inténtelo de nuevo, o inicie sesión de otra forma.
upstream-again-account = Vuelva a su cuenta e inténtelo de nuevo.
upstream-link-yourself = Inicie sesión en esa cuenta de otra forma y vincule la otra en «Otras cuentas».
