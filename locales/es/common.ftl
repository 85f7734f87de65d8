# What every page shares.

skip-to-content = Ir al contenido
foot-help = Ayuda
foot-privacy = Política de privacidad
foot-terms = Condiciones del servicio
foot-language = Idioma:
language-title = Idioma
language-hint = Las páginas de este navegador aparecen en el idioma que usted elija.
title-error = Error: { $title }
not-done = No ha funcionado.
date-day = { $day } de { $month } de { $year }
date-months = enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
date-moment = { $day }, { $time } UTC
length-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
length-hours = { $count ->
    [one] { $count } hora
   *[other] { $count } horas
}
length-minutes = { $count ->
    [one] { $count } minuto
   *[other] { $count } minutos
}
length-seconds = { $count ->
    [one] { $count } segundo
   *[other] { $count } segundos
}
home-title = Le damos la bienvenida
home-hello = Hola, { $it }
home-signed-in = Ha iniciado sesión. Las aplicaciones que usan este servidor ya pueden pedirle acceso.
home-account = Su cuenta
home-sign-out = Cerrar sesión
home-welcome = Este servidor inicia la sesión de las personas en sus aplicaciones y les deja decidir qué puede hacer cada una.
home-sign-in = Iniciar sesión
home-issuer = Emisor
home-developers = Para desarrolladores
home-metadata = Metadatos del servidor
leave-title = ¿Cerrar sesión?
leave-client = { $it } pide cerrar su sesión aquí.
leave-who = Ha iniciado sesión como { $it }.
leave-do = Cerrar sesión
leave-stay = Mantener la sesión
leave-done = Ha cerrado la sesión
leave-done-back = Su sesión aquí ha terminado y está de camino de vuelta. Si no ocurre nada, use el botón.
leave-done-here = Su sesión aquí ha terminado. Las aplicaciones en las que había iniciado sesión pueden conservar sus propias sesiones.
leave-again = Iniciar sesión de nuevo
leave-frame = Cierra su sesión en una aplicación
leave-fault-hint = La aplicación que le envió aquí cometió un error: su id_token_hint no fue emitido por este servidor. No se le devolverá a ella.
leave-fault-other = La aplicación que le envió aquí cometió un error: su id_token_hint se emitió para otra aplicación distinta de la que nombra. No se le devolverá a ella.
leave-fault-unknown = La aplicación que le envió aquí cometió un error: no está registrada aquí o está desactivada. No se le devolverá a ella.
leave-fault-redirect = La aplicación que le envió aquí cometió un error: la dirección a la que quiere que vuelva no es una de las que registró. No se le devolverá a ella.
form-post-title = Volviendo a la aplicación
form-post-status = Va de camino a { $it }. Si no ocurre nada, use el botón.
form-post-go = Continuar
setup-title = Configurar Grantor
setup-lead = Cree la primera cuenta, la que administra este servidor. Esta página funciona solo una vez.
setup-name = Nombre de usuario
setup-name-hint = Con él inicia sesión.
setup-email = Correo electrónico
setup-optional = (opcional)
setup-password = Contraseña
setup-password-hint = Al menos 15 caracteres: unas palabras que pueda recordar o una que genere su gestor de contraseñas. Se admiten espacios y cualquier letra.
setup-do = Crear la cuenta
setup-done-title = Grantor está configurado
setup-done = La cuenta { $it } está lista. La página de configuración queda cerrada para siempre.
setup-busy = El servidor está ocupado. Espere un momento y vuelva a intentarlo.
reveal-show = Mostrar
reveal-hide = Ocultar
reveal-show-label = Mostrar la contraseña
reveal-hide-label = Ocultar la contraseña
